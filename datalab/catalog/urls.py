from django.urls import path

from datalab.catalog import api

_CHART = "tenants/<str:tenant>/charts/<str:catalog>/<str:chart>"

urlpatterns = [
    path("catalogs", api.CatalogsView.as_view()),
    path("tenants/<str:tenant>/charts", api.ChartsView.as_view()),
    path(_CHART, api.OneChartView.as_view()),
    path(f"{_CHART}/form", api.FormView.as_view()),
    path("tenants/<str:tenant>/room", api.RoomView.as_view()),
    path(f"{_CHART}/preview", api.PreviewView.as_view()),
]
